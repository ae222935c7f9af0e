// Everything works without this file: it adds what GOV.UK Frontend does better with a script.
import { initAll } from "./built/govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
