// Before messages leave and while they do, the part of the page that tells of it is looked up again;
// without a script there is a link that does the same. What somebody is about to press stays where
// it is.
const part = "sending";

async function again() {
  const shown = document.getElementById(part);
  if (!shown || document.hidden || shown.contains(document.activeElement)) {
    return shown !== null;
  }
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) {
      return true;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById(part);
    if (found?.dataset.stage !== shown.dataset.stage) {
      location.reload();
      return false;
    }
    shown.replaceChildren(...found.childNodes);
  } catch {
    // The server is away for a moment: the next look may find it.
  }
  return true;
}

const seconds = Number(document.getElementById(part)?.dataset.again || 0);

function wait() {
  setTimeout(async () => {
    if (await again()) {
      wait();
    }
  }, seconds * 1000);
}

if (seconds) {
  wait();
}
