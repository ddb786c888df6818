// What elements on foreign pages and embedded pages have in common: they show
// an embedded page, and keep it up to date. element.js or page.js goes on from
// here, within the same function.
//
// internal/jsfile takes comments and white space away. It knows neither regular
// expressions nor template strings, and every statement needs its semicolon.

var left = false; // the document was left, and may come back
var followed = []; // what is to wake and sleep with it

// follow keeps all views of an embedded page up to date. It asks for the page
// once a minute, and listens to the stream that the page names; while there is
// none to be had it asks more often. While nobody looks it does nothing.
//
// ready is given what was answered, and returns a promise of what views need
// besides. page is there if the first answer is.
function follow(address, ready, page) {
  var views = new Set();
  var needs;
  var words = ""; // why there is nothing new
  var failures = 0;
  var timer = 0;
  var request = null;
  var stream = null;
  var streamless = 0; // until when no stream is asked for

  // tell tells all views something. What one of them throws is no concern of the
  // page around.
  function tell(what, a, b) {
    views.forEach(function (view) {
      try {
        view[what](a, b);
      } catch (e) {}
    });
  }

  function soon(pause) {
    clearTimeout(timer);
    timer = setTimeout(load, pause * (0.75 + Math.random() / 2));
  }

  function hush() {
    if (stream) stream.close();
    stream = null;
  }

  function rest() {
    var asked = request;
    request = null;
    clearTimeout(timer);
    timer = 0;
    if (asked) asked.abort();
  }

  function load() {
    rest();
    var asked = request = new XMLHttpRequest();
    asked.open("GET", address);
    asked.responseType = "document"; // in which nothing runs
    asked.timeout = 20000;
    asked.onloadend = function () {
      if (asked != request) return;
      var answer = asked.status == 200 && asked.response;
      var got = answer && answer.querySelector("[data-holdfast]");
      if (!got) return failed(asked.status);
      ready(answer).then(function (all) {
        if (asked != request) return;
        needs = all;
        arrived(got);
      }, function () {
        if (asked == request) failed(0);
      });
    };
    asked.send();
  }

  function arrived(got) {
    request = null;
    failures = 0;
    words = "";
    page = got;
    tell("show", page, needs);
    if (page.dataset.live && !stream && Date.now() > streamless) listen();
    soon(page.dataset.live && !stream ? 10000 : 60000);
  }

  function failed(status) {
    request = null;
    hush();
    failures++;
    words = status == 404 ? "No public site of this name" : status ? "No answer just now" : "Not reachable";
    tell("say", words);
    soon(status == 404 ? 3e5 : Math.min(3e5, 1000 * Math.pow(2, failures)));
  }

  function listen() {
    var mine = stream = new EventSource(new URL(page.dataset.live, address));
    var state = page.dataset.state;
    var heard = false;
    mine.onmessage = function (event) {
      try {
        var second = JSON.parse(event.data);
        heard = true;
        tell("tell", second);
        if (second.coverage.state == state) return;
        state = second.coverage.state;
        soon(1000); // the page has words for it
      } catch (e) {} // it is of another version
    };
    // By itself it would come back every three seconds, whatever the answer is.
    mine.onerror = function () {
      if (mine != stream) return;
      hush();
      if (!heard) streamless = Date.now() + 6e4;
      soon(heard ? 1000 : 10000);
    };
  }

  function wake() {
    if (!views.size || document.hidden || left) {
      rest();
      hush();
    } else if (!request && !timer) {
      load();
    }
  }

  followed.push(wake);
  return {
    add: function (view) {
      views.add(view);
      if (page) view.show(page, needs);
      if (words) view.say(words);
      if (page && !needs && !words) arrived(page);
      wake();
    },
    remove: function (view) {
      views.delete(view);
      wake();
    }
  };
}

function wakeAll() {
  followed.forEach(function (wake) {
    wake();
  });
}

document.addEventListener("visibilitychange", wakeAll);
window.addEventListener("pagehide", function () {
  left = true;
  wakeAll();
});
window.addEventListener("pageshow", function () {
  left = false;
  wakeAll();
});

// ---- Views ----

// kept are the elements of which a page may consist, copies of which do
// nothing whatever their attributes say, but for those that are not copied.
var kept = ["div", "p", "span", "strong", "bdi", "a", "svg", "g", "path", "pattern", "rect", "line", "text"];

// copy returns a copy of a part of a page for another document. Nothing of it
// can run there, or load anything.
function copy(node) {
  if (kept.indexOf(node.localName) < 0) return document.createTextNode(node.nodeType == 3 ? node.data : "");
  var made = document.createElementNS(node.namespaceURI, node.localName);
  Array.from(node.attributes).forEach(function (a) {
    if (a.name.indexOf("on") && a.name != "style" && a.name.indexOf("href") < 0) made.setAttribute(a.name, a.value);
  });
  if (node.protocol == "http:" || node.protocol == "https:") made.href = node.href;
  node.childNodes.forEach(function (child) {
    made.append(copy(child));
  });
  return made;
}

// viewIn shows a page within root. What of it can change is put in place of
// what is there; the rest stays, with the focus that may be on it.
function viewIn(root) {
  function part(selector) {
    return root.querySelector(selector);
  }

  function write(selector, text) {
    var at = part(selector);
    if (at && at.textContent != text) at.textContent = text;
  }

  function say(words) {
    part("[data-holdfast]").classList.toggle("away", words != "");
    write("[role=status]", words);
  }

  return {
    show: function (page, needs) {
      var shown = part("[data-holdfast]");
      if (needs && needs.length) root.adoptedStyleSheets = needs;
      if (!shown) root.replaceChildren(copy(page));
      else if (shown != page) {
        page.querySelectorAll("[data-fresh]").forEach(function (now) {
          var old = part("[data-fresh=" + now.dataset.fresh + "]");
          if (old && old.innerHTML != now.innerHTML) old.replaceChildren.apply(old, Array.from(now.childNodes).map(copy));
        });
      }
      say("");
    },
    say: say,
    tell: function (second) {
      write("[data-here]", second.here.toLocaleString("en"));
      var zone = part("[data-zone]").dataset.zone;
      write("[data-clock]", new Date(second.as_of.time).toLocaleTimeString("en-GB", {timeZone: zone}));
    }
  };
}
