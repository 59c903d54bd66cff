// A page that can't be shown at the moment is asked for again by itself, as often as a form is.

const MOST_TRIES = 3;
const said = document.querySelector("[data-asks-again]");
const asked = history.state?.asked ?? 0; // how often that was done, as the browser keeps it for this page alone

if (said && asked < MOST_TRIES) {
  const { asksAgain: seconds } = said.dataset;
  said.textContent = `It is asked for again in ${seconds} s (${asked + 1} of ${MOST_TRIES}).`;
  setTimeout(() => {
    history.replaceState({ asked: asked + 1 }, "");
    location.reload();
  }, seconds * 1000);
} else if (said) {
  said.textContent = "It can’t be shown yet, and is not asked for again by itself.";
} else if (asked) {
  history.replaceState(null, "");
}
