// An embedded page keeps itself up to date.

follow(location.href, function () {
  return Promise.resolve([]);
}, document.querySelector("[data-holdfast]")).add(viewIn(document.querySelector("main")));
