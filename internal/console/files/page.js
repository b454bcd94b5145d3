// A secret comes in the part of a link that browsers never send; it is taken out of the address at once.
for (const field of document.querySelectorAll("[data-from-address]")) {
  if (location.hash.length > 1) {
    field.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
  }
}

// What only works with a script shows only with one.
for (const button of document.querySelectorAll("[data-opens], [data-copies]")) button.hidden = false;

document.addEventListener("click", (e) => {
  const copies = e.target.closest("[data-copies]");
  if (copies) {
    navigator.clipboard.writeText(document.getElementById(copies.dataset.copies).textContent).then(() => { copies.textContent = "Copied"; });
  }
  const opens = e.target.closest("[data-opens]");
  if (opens) {
    opens.closest("[popover]")?.hidePopover();
    document.getElementById(opens.dataset.opens).showModal();
  }
});

// Search everywhere: a combobox whose list the server makes.
const palette = document.getElementById("palette"), seek = document.getElementById("seek");
const options = () => [...palette.querySelectorAll("a[role=option]")];
const mark = (chosen) => {
  for (const one of options()) one.setAttribute("aria-selected", String(one === chosen));
  if (chosen) {
    seek.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  } else seek.removeAttribute("aria-activedescendant");
};
// Before anything is typed there are the pages that the navigation and the user menu lead to.
const begin = () => {
  const links = [...document.querySelectorAll(".places a"), ...document.querySelectorAll("#mine .entries a")];
  const all = links.filter((link, n) => links.findIndex((other) => other.href === link.href && other.textContent === link.textContent) === n).map((link, n) => {
    const one = link.cloneNode(true);
    one.className = "hit";
    one.id = `hit-${n}`;
    one.tabIndex = -1;
    one.removeAttribute("aria-current");
    one.setAttribute("role", "option");
    return one;
  });
  document.getElementById("hits").replaceChildren(...all);
};
const openPalette = () => {
  if (palette.open) return;
  if (!seek.value) begin();
  for (const other of document.querySelectorAll("dialog[open]")) other.close();
  palette.showModal();
  seek.select();
  mark(options()[0]);
};
if (palette) {
  document.querySelector(".seek").addEventListener("submit", (e) => { e.preventDefault(); openPalette(); });
  new MutationObserver(() => mark(options()[0])).observe(palette, { childList: true, subtree: true });
  palette.addEventListener("click", (e) => { if (e.target === palette) palette.close(); });
  seek.addEventListener("keydown", (e) => {
    const all = options(), at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: all.length - 1, PageUp: 0 }[e.key];
    if (to !== undefined && all.length) {
      e.preventDefault();
      mark(all[(to + all.length) % all.length]);
    }
    // What is marked may be the answer to less than what was typed: then the search page answers.
    if (e.key === "Enter" && at >= 0 && document.getElementById("hits").dataset.query === seek.value.trim()) {
      e.preventDefault();
      all[at].click();
    }
  });
}

// Keys. Those without Control can be turned off: a voice, or a slip, types them too.
const single = document.getElementById("single-keys"), off = "single-keys-off";
if (single) {
  single.checked = !localStorage.getItem(off);
  single.addEventListener("change", () => (single.checked ? localStorage.removeItem(off) : localStorage.setItem(off, "yes")));
}
let before = "", since = 0;
document.addEventListener("keydown", (e) => {
  if ((e.ctrlKey || e.metaKey) && !e.altKey && e.key.toLowerCase() === "k" && (palette || document.getElementById("query"))) {
    e.preventDefault();
    palette ? openPalette() : document.getElementById("query").focus();
    return;
  }
  if (!single?.checked || e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.("input, select, textarea, dialog, [contenteditable]")) return;
  const second = before === "g" && Date.now() - since < 1500;
  before = e.key;
  since = Date.now();
  if (second) {
    const to = document.querySelector(`.places a[data-key="${CSS.escape(e.key)}"]`);
    before = "";
    if (to) {
      e.preventDefault();
      to.click();
    }
  } else if (e.key === "?") {
    document.getElementById("shortcuts").showModal();
  } else if (e.key === "/") {
    const field = document.querySelector("main input[type=search]");
    if (field) {
      e.preventDefault();
      field.focus();
    } else if (palette) {
      e.preventDefault();
      openPalette();
    }
  }
});
if (/Mac|iPhone|iPad/.test(navigator.platform)) for (const key of document.querySelectorAll("kbd")) if (key.textContent === "Ctrl K") key.textContent = "⌘ K";

// A list of overrides opens for the mouse and the focus as well; a click opens it without a script.
for (const button of document.querySelectorAll(".overrides > button")) {
  button.removeAttribute("popovertarget");
  for (const kind of ["mouseenter", "focus", "click"]) button.addEventListener(kind, (e) => { const list = button.nextElementSibling; if (!list.contains(e.relatedTarget) && !list.matches(":popover-open")) list.showPopover({ source: button }); });
  button.parentElement.addEventListener("mouseleave", () => { if (!button.parentElement.contains(document.activeElement)) button.nextElementSibling.hidePopover(); });
  button.parentElement.addEventListener("focusout", (e) => { if (!button.parentElement.contains(e.relatedTarget) && !button.parentElement.matches(":hover")) button.nextElementSibling.hidePopover(); });
}
