// Elements for the pages of others: <holdfast-live site="…"> and
// <holdfast-referrals site="…">.

var script = document.currentScript;
var feeds = {}; // by address: elements that show the same share one
var sheets = {}; // by address

if (!window.customElements || !window.CSSStyleSheet || !CSSStyleSheet.prototype.replaceSync) return; // what stands in the elements is shown

// base is how an element looks that has nothing to show but words.
var base = new CSSStyleSheet();
base.replaceSync(":host{display:block;min-width:200px}:host([hidden]){display:none}" +
  ".plain{all:initial;visibility:inherit;pointer-events:inherit;display:block;box-sizing:border-box;padding:12px 14px;border:1px solid #8885;background:Canvas;color:CanvasText;color-scheme:light dark;font:13px/1.5 system-ui,sans-serif}" +
  ".plain[data-theme=light]{color-scheme:light}.plain[data-theme=dark]{color-scheme:dark}");

// styled returns a promise of the style sheets of a page. They are made by
// script, as the page around may allow no others.
function styled(page) {
  return Promise.resolve().then(function () {
    var address = page.querySelector("link[rel=stylesheet]").href;
    sheets[address] = sheets[address] || fetch(address, {credentials: "omit"}).then(function (response) {
      if (!response.ok) throw response.status;
      return response.text();
    }).then(function (text) {
      return new CSSStyleSheet().replace(text);
    });
    return sheets[address].catch(function (e) {
      delete sheets[address];
      throw e;
    });
  }).then(function (sheet) {
    return [base, sheet];
  });
}

// addressOf returns the address of what an element shows, or throws what is
// wrong with it.
function addressOf(element, kind) {
  var site = element.getAttribute("site");
  var server = element.getAttribute("server") || script && script.src;
  if (!site) throw "the attribute site is missing";
  if (!server) throw "the attribute server is missing";
  try {
    server = new URL("/embed/" + encodeURIComponent(site) + "/" + kind, server);
  } catch (e) {}
  if (!server.href || server.protocol.indexOf("http")) throw "the attribute server is no address such as https://stats.example.com";
  return server.href;
}

// show shows what an element's attributes say, if that is not shown already.
function show(element, kind, state) {
  var root = element.shadowRoot;
  var address = "", wrong = "";
  try {
    if (element.isConnected) address = addressOf(element, kind);
  } catch (e) {
    wrong = String(e);
  }
  if (state.feed && address != state.address) {
    state.feed.remove(state.view);
    state.feed = null;
  }
  if (wrong || address && address != state.address) {
    state.address = address;
    root.replaceChildren(document.createElement("slot"));
  }
  if (address && !state.feed) {
    feeds[address] = feeds[address] || follow(address, styled);
    state.feed = feeds[address];
    state.feed.add(state.view);
  }
  if (wrong) {
    wrong = "<holdfast-" + kind + ">: " + wrong;
    state.view.say(wrong);
    if (state.wrong != wrong) console.warn(wrong);
  }
  state.wrong = wrong;
  colour(element);
}

// colour has an element be light or dark, or as its reader prefers.
function colour(element) {
  var shown = element.shadowRoot.querySelector("[data-theme]");
  if (shown) shown.dataset.theme = element.getAttribute("theme") || "";
}

// viewOf shows pages in an element, and words where there is no page yet.
function viewOf(element) {
  var root = element.shadowRoot;
  var view = viewIn(root);
  return {
    show: function (page, needs) {
      if (root.querySelector(".plain")) root.replaceChildren();
      view.show(page, needs);
      colour(element);
    },
    say: function (words) {
      if (!root.querySelector("[role=status]")) {
        var box = document.createElement("div");
        var status = document.createElement("div");
        box.className = "plain";
        box.dataset.holdfast = box.dataset.theme = "";
        status.setAttribute("role", "status");
        box.append(status, document.createElement("slot"));
        root.replaceChildren(box);
      }
      view.say(words);
      colour(element);
    },
    tell: view.tell
  };
}

function define(kind) {
  var name = "holdfast-" + kind;
  var states = new WeakMap();
  if (customElements.get(name)) return; // this script was here before
  customElements.define(name, class extends HTMLElement {
    static get observedAttributes() {
      return ["site", "server", "theme"];
    }
    constructor() {
      super();
      this.attachShadow({mode: "open"}).adoptedStyleSheets = [base];
      states.set(this, {view: viewOf(this)});
    }
    connectedCallback() {
      show(this, kind, states.get(this));
    }
    attributeChangedCallback() {
      if (this.isConnected) show(this, kind, states.get(this));
    }
    disconnectedCallback() { // it may only be moved, and be back at once
      var element = this;
      setTimeout(function () {
        show(element, kind, states.get(element));
      });
    }
  });
}

define("live");
define("referrals");
