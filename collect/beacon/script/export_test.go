package script

var Minify = minify
