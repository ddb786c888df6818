// What a page runs to be counted. It sends page views, how long and how far
// they were looked at, and what the page says by holdfast(). What does not
// arrive it keeps until it does. It must not be noticed otherwise: it throws
// nothing, holds up nothing, has one global name, and stores nothing but what
// did not arrive.
//
// internal/jsfile takes comments and white space away. It knows neither regular
// expressions nor template strings, and every statement needs its semicolon.
(function (window, document, prefix) {
  var navigator = window.navigator;
  var location = window.location;
  var history = window.history;
  var stub = window.holdfast;
  if (stub && stub.on) return; // this script was here before
  var queue = stub && stub.q || []; // calls that wait until the page is seen
  var script = document.currentScript;
  var data = script ? script.dataset : {};
  var api, started;
  var token; // names the visitor to a server that has it; the latest that came
  var asked = []; // who waits for the first

  // guard makes of f what fails without anybody noticing.
  function guard(f) {
    return function () {
      try {
        return f.apply(this, arguments);
      } catch (e) {}
    };
  }

  // on calls f at the events named.
  function on(target, names, f) {
    names.split(" ").forEach(function (name) {
      target.addEventListener(name, guard(f), {passive: true});
    });
  }

  // ---- What was not acknowledged yet ----

  var pending = {}; // bodies on their way, by key: prefix, time, dot, id
  var stored = {}; // and those that wait; localStorage, if there is one
  var busy; // the key of the last that was taken from there
  var pause = 2000, timer;

  // timeOf returns what a key has between prefix and dot. What the page itself
  // stores under our prefix has no time of these years, and stays as it is.
  function timeOf(key) {
    return parseInt(key.slice(prefix.length));
  }

  // waiting returns the keys of those stored, oldest first. Other pages of the
  // site share them. That two send the same one is no harm: it has an id.
  function waiting() {
    return Object.keys(stored).filter(function (key) {
      return !key.indexOf(prefix) && timeOf(key) > 1e12;
    }).sort();
  }

  // keep stores a body, in place of the oldest if there are too many.
  function keep(key, body) {
    var keys = waiting(), size = body.length;
    keys.forEach(function (key) {
      size += stored[key].length;
    });
    while (keys[0] && (keys[99] || size > 2e5)) {
      size -= stored[keys[0]].length;
      delete stored[keys.shift()];
    }
    try {
      stored[key] = body;
    } catch (e) { // no room; then in memory
      stored = {};
      stored[key] = body;
    }
  }

  function age(key) {
    return Date.now() - timeOf(key);
  }

  function post(key, body) {
    var aged = "{\"a\":" + age(key) + "," + body.slice(1);
    pending[key] = body;
    function answered(response) {
      var status = response && response.status;
      delete pending[key];
      if (status == 202 || status == 400 || status == 413) { // it arrived, or never will
        delete stored[key];
        pause = 2000;
        flush();
        tell(response.headers.get("Holdfast-Visit")); // sendBeacon has none, and ends here
      } else {
        keep(key, body);
        clearTimeout(timer);
        timer = setTimeout(flush, pause * (1 + Math.random()));
        pause = Math.min(pause * 2, 3e5);
      }
    }
    answered = guard(answered);
    try {
      fetch(api, {method: "POST", keepalive: true, body: aged}).then(answered, answered);
    } catch (e) {
      answered({status: navigator.sendBeacon(api, aged) ? 202 : 0});
    }
  }

  // tell gives the token to those who wait for it, or none if there will be none.
  function tell(latest) {
    token = latest || token;
    if (token || !api) asked.splice(0).forEach(function (resolve) {
      resolve(token);
    });
  }

  // flush sends what is stored, one after the other. Of what is older than two
  // days the server would not believe the age.
  var flush = guard(function () {
    if (pending[busy]) return;
    waiting().some(function (key) {
      if (pending[key]) return;
      if (age(key) < 1728e5) {
        post(busy = key, stored[key]);
        return 1;
      }
      delete stored[key];
    });
  });

  function send(event) {
    if (!api) return;
    event.id = Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-");
    event.d = data.domain;
    event.u = event.u || here();
    event.h = hash;
    event.w = screen.width;
    event.z = Intl.DateTimeFormat().resolvedOptions().timeZone;
    post(prefix + Date.now() + "." + event.id, JSON.stringify(event));
  }

  // ---- Views ----

  var hash = "hash" in data ? 1 : 0;
  var referrer = document.referrer;
  var seen; // the path of the page in view
  var url; // its address
  var since = 0; // when it began to be looked at, or 0
  var looked; // for how long it was before, and was not sent
  var deepest; // how far down it was seen, in pixels
  var told; // and in per cent as it was sent

  // here returns the address without what may be private in it and is not
  // counted, and not longer than is accepted.
  function here() {
    return (hash ? location.href : location.href.split("#")[0]).slice(0, 2000);
  }

  // view counts a view if the page is another.
  function view() {
    var path = location.pathname + (hash ? location.hash : "");
    if (!started || path == seen) return;
    leave();
    seen = path;
    url = here();
    looked = deepest = 0;
    told = -1;
    send({n: "pageview", r: referrer});
    referrer = url;
  }

  // look takes note of the time until now, and of where the page is.
  function look() {
    var time = Date.now();
    if (since) looked += time - since;
    since = !document.hidden && document.hasFocus() ? time : 0;
    scrolled();
  }

  function scrolled() {
    deepest = Math.max(deepest, window.scrollY + window.innerHeight);
  }

  // leave tells how the page in view was looked at, if that is news.
  function leave() {
    look();
    var height = Math.max(document.documentElement.scrollHeight, document.body ? document.body.scrollHeight : 0);
    var depth = Math.min(100, Math.round(deepest / height * 100));
    if (url && (depth > told || looked >= 3000)) {
      send({n: "engagement", u: url, e: looked, sd: depth});
      told = depth;
      looked = 0;
    }
  }

  // away is called when the page may be about to go. Whether what is on its way
  // arrives nobody may be there to see. How the page was looked at is not worth
  // sending twice unless there is trouble already.
  function away(event) {
    look();
    if (since && event.type != "pagehide") return;
    leave();
    since = 0;
    Object.keys(pending).forEach(function (key) {
      if (pending[key].indexOf("{\"n\":\"engagement") || waiting()[0]) keep(key, pending[key]);
    });
  }

  function start() {
    if (started) return;
    started = 1;
    flush();
    view();
    queue.forEach(function (call) {
      holdfast.apply(null, call);
    });
  }

  var holdfast = window.holdfast = guard(function (name, options) {
    if (!started) return void queue.push(arguments);
    if (name.call) { // a function, by visit
      asked.push(name);
      return tell();
    }
    options = options || {};
    send({
      n: name,
      p: options.props,
      i: options.interactive,
      $: options.value == null ? undefined : {amount: options.value, currency: options.currency}
    });
  });
  holdfast.on = 1;
  holdfast.visit = function () {
    return new Promise(holdfast);
  };

  guard(function () {
    if ("respectDnt" in data && (navigator.globalPrivacyControl || navigator.doNotTrack == 1)) return start(); // and no api
    api = new URL(data.api || "/api/event", script && script.src || location.href).href;
    try {
      stored = window.localStorage || stored;
    } catch (e) {}
    ["pushState", "replaceState"].forEach(function (name) {
      var original = history[name];
      history[name] = function () {
        var result = original.apply(this, arguments);
        guard(view)();
        return result;
      };
    });
    on(window, "popstate hashchange", view);
    on(window, "pageshow", function (event) {
      if (!event.persisted) return;
      seen = 0;
      view();
    });
    on(window, "focus blur pagehide", away);
    on(document, "visibilitychange", away);
    on(window, "scroll", scrolled);
    on(window, "online", flush);
    if (document.prerendering) on(document, "prerenderingchange", start);
    else start();
  })();
})(window, document, "holdfast.");
