// The only script: when the history has changed, the page's main part is fetched again. Without it, reload by hand.
"use strict";
const status = document.getElementById("live");
// What the reader opened, scrolled to and stands on stays so.
const keepPlace = (main, fresh) => {
  const both = selector => {
    const news = fresh.querySelectorAll(selector);
    return [...main.querySelectorAll(selector)].map((old, i) => [old, news[i]]).filter(pair => pair[1]);
  };
  const focused = document.activeElement?.id;
  const scrolled = both(".wide").map(([old, now]) => [now, old.scrollLeft]);
  both("details").forEach(([old, now]) => { now.open = old.open; });
  main.replaceChildren(...fresh.childNodes);
  scrolled.forEach(([now, left]) => { now.scrollLeft = left; });
  if (focused) document.getElementById(focused)?.focus();
};
const refresh = async () => {
  const answer = await fetch(location.href, {headers: {Accept: "text/html"}});
  if (answer.redirected) return location.reload();
  const html = await answer.text(), fresh = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  if (!fresh || fresh.innerHTML === shown) return;
  shown = fresh.innerHTML;
  keepPlace(document.querySelector("main"), fresh);
  status.textContent = "Updated " + new Date().toLocaleTimeString();
};
let shown = document.querySelector("main").innerHTML;
const events = new EventSource("/events");
events.addEventListener("changed", refresh);
// What changed before this page listened, or while it did not.
events.onopen = () => { status.textContent = "Live"; refresh(); };
events.onerror = () => { status.textContent = "Not live: trying again"; };
