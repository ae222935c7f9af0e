// Posts the page's own forms and puts what has changed in its place; the page works without it.
// The server's page is the only source: nothing is ever put together here from what people wrote.

const POLL_MS = 2000;
const AWAY_MS = 15000;

const chat = document.getElementById("chat");
const log = document.getElementById("log");
const text = document.getElementById("text");
const toast = document.getElementById("toast");

let tag = null;
let busy = false;
let lost = false;

/** Bring the list of messages to the state of a newer page; messages that stand stay untouched. */
function takeMessages(page) {
  const list = document.getElementById("messages");
  const wanted = [...page.getElementById("messages").children];
  const names = new Set(wanted.map((each) => each.id));
  for (const old of [...list.children]) {
    if (!names.has(old.id)) old.remove();
  }
  let place = list.firstElementChild;
  for (const each of wanted) {
    const old = document.getElementById(each.id);
    if (!old) {
      list.insertBefore(document.adoptNode(each), place);
      continue;
    }
    place = old.nextElementSibling;
    if (!old.isEqualNode(each)) old.replaceWith(document.adoptNode(each));
  }
}

function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** What is wrong with the message, beside the field; none where all is well. */
function showFault(words) {
  const told = document.getElementById("text-error");
  setText(document.getElementById("fault"), words);
  told.hidden = !words;
  document.getElementById("field").classList.toggle("govuk-form-group--error", Boolean(words));
  text.classList.toggle("govuk-textarea--error", Boolean(words));
  text.setAttribute("aria-describedby", words ? "text-hint text-error" : "text-hint");
  text.toggleAttribute("aria-invalid", Boolean(words));
}

/** The form for files, empty again or with what is wrong: a page cannot put a file into it. */
function takeAttaching(page) {
  const attaching = document.getElementById("attaching");
  const newer = document.adoptNode(page.getElementById("attaching"));
  attaching.replaceWith(newer);
  const next = newer.open ? document.getElementById("file") : null;
  (next ?? document.querySelector("#messages > li:last-child"))?.focus({ preventScroll: !next });
}

function refreshTrends(page) {
  const figures = page.getElementById("chat").dataset.figures;
  if (figures === chat.dataset.figures) return;
  chat.dataset.figures = figures;
  const frame = document.getElementById("trends");
  if (frame) frame.contentWindow.location.reload();
}

/** Take over a newer page. `moved` says that it answers what the person has just done. */
function take(page, moved) {
  if (!page.getElementById("chat")) {
    // Another page stands there: too many requests, or a visit that has expired.
    const main = page.querySelector("main");
    const said = main ? [...main.querySelectorAll("h1, h1 ~ p")] : [];
    showFault(said.map((each) => each.textContent.trim()).join(". "));
    return false;
  }
  const held = document.activeElement;
  const within = held && log.contains(held) && held !== log;
  const atTheEnd = Math.abs(log.scrollTop) < 80;
  // Who is taken to the new message hears it there, and not a second time.
  log.setAttribute("aria-live", moved && within ? "off" : "polite");
  takeMessages(page);
  refreshTrends(page);
  for (const csrf of document.querySelectorAll("input[name=csrf]")) {
    csrf.value = page.querySelector("input[name=csrf]").value;
  }
  const newest = document.querySelector("#messages > li:last-child");
  if (within && !document.contains(held)) newest?.focus({ preventScroll: true });
  if (moved) newest?.scrollIntoView({ block: "nearest" });
  else if (atTheEnd) log.scrollTop = 0;
  setText(toast, page.getElementById("toast").textContent);
  return true;
}

async function ask(address, options) {
  try {
    const response = await fetch(address, { cache: "no-store", ...options });
    if (lost) setText(toast, "");
    lost = false;
    return response;
  } catch {
    lost = true;
    setText(toast, chat.dataset.lost);
    return null;
  }
}

const pageOf = async (response) =>
  new DOMParser().parseFromString(await response.text(), "text/html");

async function send(form, button) {
  if (busy) return;
  busy = true;
  chat.setAttribute("aria-busy", "true");
  const files = form.id === "attach";
  const entered = new FormData(form, button);
  const fields = files ? entered : new URLSearchParams(entered);
  // Not form.action: a button of that name would stand in its place.
  const response = await ask(form.getAttribute("action"), { method: "POST", body: fields });
  if (response) {
    tag = response.ok ? response.headers.get("ETag") : null;
    const page = await pageOf(response);
    const fault = page.querySelector(".govuk-error-summary li");
    if (take(page, true)) {
      showFault(fault && !files ? fault.textContent.trim() : "");
      if (!fault && form.id === "write") text.value = "";
      if (files) takeAttaching(page);
    }
    if (fault && form.id === "write") text.focus();
    if (!fault && form.closest("#menu")) {
      document.getElementById("menu").open = false;
      document.querySelector("#messages > li:last-child")?.focus({ preventScroll: true });
    }
  }
  chat.removeAttribute("aria-busy");
  busy = false;
}

async function poll() {
  if (!busy && !document.hidden) {
    const headers = tag ? { "If-None-Match": tag } : {};
    const response = await ask(location.pathname + location.search, { headers });
    if (response?.status === 200 && !busy) {
      const seen = response.headers.get("ETag");
      if (take(await pageOf(response), false)) tag = seen;
    }
  }
  setTimeout(poll, lost ? AWAY_MS / 3 : document.hidden ? AWAY_MS : POLL_MS);
}

document.addEventListener("submit", (event) => {
  if (!chat.contains(event.target)) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (text.value.trim()) text.form.requestSubmit();
});

setTimeout(poll, POLL_MS);
