// A long select with groups becomes two: the first chooses the group, the
// second shows what is in it. select[data-narrow] says what stands there
// before anything is chosen.

export function watchNarrow() {
  for (const select of document.querySelectorAll("select[data-narrow]")) split(select);
}

function split(select) {
  const groups = [...select.querySelectorAll("optgroup")];
  const chosen = select.selectedOptions[0];
  const first = groupSelect(select, groups);
  let shown = null; // its options are in the select, those of the others in their groups
  const show = (group) => {
    shown?.append(...[...select.options].slice(1));
    shown = group;
    select.replaceChildren(new Option(select.dataset.narrow, ""), ...(group?.children ?? []));
    select.hidden = !group;
    if (select.options.length === 2) select.selectedIndex = 1;
  };
  const start = groups.findIndex((group) => group.contains(chosen));
  first.value = start < 0 ? "" : String(start);
  show(groups[start] ?? null);
  if (start >= 0) chosen.selected = true;
  first.addEventListener("change", () => {
    show(groups[first.value] ?? null);
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// groupSelect puts the select of the groups before the one it narrows. It has
// no name, so that the form sends nothing of it.
function groupSelect(select, groups) {
  const first = document.createElement("select");
  first.className = select.className;
  first.id = `${select.id}-group`;
  first.add(new Option(select.options[0].text, ""));
  groups.forEach((group, i) => first.add(new Option(group.label, String(i))));
  if (select.labels[0]) select.labels[0].htmlFor = first.id;
  select.setAttribute("aria-label", select.dataset.narrow);
  select.before(first);
  return first;
}
