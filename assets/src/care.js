// Care contacts: a result that waits for the network keeps the day on which it
// was tapped, in the city's time; nothing finer is noted.

const cityDay = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" });

// watchCare must come before the outbox takes the form.
export function watchCare() {
  document.addEventListener("submit", ({ target }) => {
    const day = target.querySelector("input[data-day]");
    if (day) day.value = cityDay.format(new Date());
  }, true);
}
