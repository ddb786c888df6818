// What a page does beyond what it says without a script: it stays up to date,
// and reads out what the pointer or the arrow keys are on.
(() => {
	"use strict";
	const known = { views: null, referrals: null }; // the numbers of the graphs, once they are asked for
	let on = null; // what is read out: { graph, bucket, layer }

	// The page is asked for again, and what can change is put in place of what
	// is there.
	const every = 10000;
	let asking = false;
	const still = "still" in document.body.dataset; // its time is over
	async function refresh() {
		if (document.hidden || asking || still) return;
		asking = true;
		try {
			const response = await fetch(location.href, { cache: "no-cache" });
			if (!response.ok) return;
			const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
			known.views = known.referrals = null;
			for (const old of document.querySelectorAll("[data-fresh]")) {
				const now = fresh.getElementById(old.id);
				if (!now || old.innerHTML === now.innerHTML) continue;
				if (on && old.closest("[data-graph]") === on.section) continue;
				if (old.id === "numbers" && old.contains(document.activeElement)) continue;
				old.replaceChildren(...now.childNodes);
			}
			listen();
		} catch {
			// The page says as of when it is.
		} finally {
			asking = false;
		}
	}
	setInterval(refresh, every);
	document.addEventListener("visibilitychange", refresh);

	// Who is there now is told once a second.
	const live = document.body.dataset.live;
	const here = document.getElementById("here");
	const tell = (second) => {
		if (Number.isInteger(second.here)) here.textContent = second.here.toLocaleString("en");
	};
	let stream = null;
	let asked = 0; // the timer, once there are too many streams
	function listenHere() {
		if (!live || !here || !window.EventSource || document.hidden || stream || asked) return;
		stream = new EventSource(live);
		stream.addEventListener("message", (e) => tell(JSON.parse(e.data)));
		stream.addEventListener("error", () => {
			if (!stream || stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
			asked = setInterval(() => document.hidden || fetch(live + ".json").then((r) => r.ok && r.json().then(tell)).catch(() => {}), 5000);
		});
	}
	// A browser has few connections to a server: nobody looks, nobody listens.
	function deafen() {
		if (stream) stream.close();
		stream = null;
	}
	addEventListener("pagehide", deafen);
	addEventListener("pageshow", listenHere);
	document.addEventListener("visibilitychange", () => (document.hidden ? deafen() : listenHere()));
	listenHere();

	async function numbersOf(name) {
		if (!known[name]) {
			const at = location.pathname.replace(/\/$/, "") + "/" + name + ".json" + location.search;
			known[name] = fetch(at).then((r) => (r.ok ? r.json() : null)).catch(() => null);
		}
		return known[name];
	}

	const several = (n, what) => n.toLocaleString("en") + " " + (n === 1 ? what.replace(/s$/, "") : what);

	function words(name, data, bucket, layer) {
		const b = data.buckets[bucket];
		let text = b.when + " · ";
		const n = name === "views" ? b.views : b.visits;
		if (n === null) return text + (b.state === "future" ? "not yet" : b.state === "before" ? "before records began" : "nothing is known: " + b.state);
		if (layer >= 0 && b.layers) text += data.sources[layer] + ": " + several(b.layers[layer], "visits") + " of " + n.toLocaleString("en");
		else text += several(n, name === "views" ? "views" : "visits");
		if (b.at_least) text += ", at least";
		if (b.so_far) text += ", so far";
		return text;
	}

	async function say(section, plot, bucket, layer) {
		const name = section.dataset.graph;
		const data = await numbersOf(name);
		if (!data) return;
		const last = data.buckets.length - 1;
		bucket = Math.max(0, Math.min(last, bucket));
		const readout = section.querySelector(".readout");
		if (!on || on.section !== section) hush();
		if (!on) on = { section, before: readout.textContent };
		Object.assign(on, { plot, bucket, layer });
		readout.textContent = words(name, data, bucket, layer);
		let cursor = plot.querySelector(".cursor");
		if (!cursor) {
			cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
			cursor.setAttribute("class", "cursor");
			cursor.setAttribute("y1", 10);
			cursor.setAttribute("y2", plot.getAttribute("height") - 20);
			plot.append(cursor);
		}
		const x = (100 * (bucket + 0.5)) / (last + 1) + "%";
		cursor.setAttribute("x1", x);
		cursor.setAttribute("x2", x);
		plot.parentElement.classList.toggle("raised", layer >= 0);
		for (const path of plot.querySelectorAll(".layer")) path.classList.toggle("up", +path.dataset.layer === layer);
	}

	function hush() {
		if (!on) return;
		on.section.querySelector(".readout").textContent = on.before;
		on.plot.querySelector(".cursor")?.remove();
		on.plot.parentElement.classList.remove("raised");
		on = null;
	}

	// In the graph for phones fewer sources have names than in its numbers;
	// there only buckets are read out.
	const layered = (plot) => plot.parentElement.classList.contains("wide");

	async function listen() {
		for (const plot of document.querySelectorAll("[data-graph] .plot")) {
			if (plot.tabIndex === 0) continue;
			plot.tabIndex = 0;
			const section = plot.closest("[data-graph]");
			plot.addEventListener("pointermove", async (e) => {
				const data = await numbersOf(section.dataset.graph);
				const box = plot.getBoundingClientRect();
				const layer = layered(plot) && e.target.dataset && e.target.dataset.layer ? +e.target.dataset.layer : -1;
				if (data) say(section, plot, Math.floor(((e.clientX - box.left) / box.width) * data.buckets.length), layer);
			});
			plot.addEventListener("pointerleave", hush);
			plot.addEventListener("blur", hush);
			plot.addEventListener("keydown", async (e) => {
				const data = await numbersOf(section.dataset.graph);
				if (!data) return;
				const now = data.buckets.findIndex((b) => b.so_far);
				let { bucket, layer } = on && on.plot === plot ? on : { bucket: now < 0 ? data.buckets.length - 1 : now, layer: -1 };
				if (e.key === "Escape") return hush();
				say(section, plot, bucket + (e.key === "ArrowRight") - (e.key === "ArrowLeft"), layered(plot) ? nextLayer(plot, layer, (e.key === "ArrowUp") - (e.key === "ArrowDown")) : -1);
			});
			plot.addEventListener("keydown", (e) => {
				if (e.key.startsWith("Arrow")) e.preventDefault();
			});
		}
	}

	// The layers that are drawn, from the bottom to the top; -1 is none.
	function nextLayer(plot, layer, step) {
		const all = [-1, ...[...plot.querySelectorAll(".layer")].map((p) => +p.dataset.layer)];
		return all[Math.max(0, Math.min(all.length - 1, all.indexOf(layer) + step))];
	}

	listen();
})();
