// Times in the viewer's zone, and lists that follow what happens. Every page works without this.
(() => {
  "use strict";
  const EVERY_MS = 5000;
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

  const showTimes = (root) => {
    for (const each of root.querySelectorAll("time[datetime]")) {
      const moment = new Date(each.dateTime);
      if (isNaN(moment)) continue;
      each.title = each.textContent;
      each.textContent = format.format(moment);
    }
  };

  // what somebody has chosen, opened or typed is not taken away under his hands
  const isInUse = (live) =>
    live.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, summary, button");

  const chosen = (live) => [...live.querySelectorAll("input[type=checkbox]:checked")].map((box) => box.value);

  const refresh = async () => {
    const live = document.querySelector("[data-live]");
    if (!live || document.hidden || isInUse(live)) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
    if (!fresh || isInUse(live)) return;
    showTimes(fresh);
    const kept = new Set(chosen(live));
    for (const box of fresh.querySelectorAll("input[type=checkbox]")) box.checked = kept.has(box.value);
    for (const name of ["action", "reason"]) {
      const [before, after] = [live, fresh].map((root) => root.querySelector(`[name=${name}]`));
      if (before && after) after.value = before.value;
    }
    if (fresh.innerHTML !== live.innerHTML) live.replaceWith(document.importNode(fresh, true));
  };

  showTimes(document);
  const first = document.querySelector("[role=alert]");
  if (first) { first.tabIndex = -1; first.focus(); }
  if (document.querySelector("[data-live]")) setInterval(() => refresh().catch(() => {}), EVERY_MS);
})();
