// The only script: when the history has changed, the page's main part is fetched again. Without it, reload by hand.
"use strict";
const status = document.getElementById("live");
const refresh = async () => {
  const answer = await fetch(location.href, {headers: {Accept: "text/html"}});
  if (!answer.ok || answer.redirected) return location.reload();
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const main = document.querySelector("main");
  if (fresh && main.innerHTML !== fresh.innerHTML) {
    const focused = document.activeElement && document.activeElement.id;
    main.replaceChildren(...fresh.childNodes);
    if (focused) document.getElementById(focused)?.focus();
    status.textContent = "Updated " + new Date().toLocaleTimeString();
  }
};
const events = new EventSource("/events");
events.addEventListener("changed", refresh);
events.onopen = () => { status.textContent = "Live"; };
events.onerror = () => { status.textContent = "Not live: trying again"; };
