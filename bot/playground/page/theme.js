// Light or dark: as the system says, until somebody chooses.

const dark = matchMedia("(prefers-color-scheme: dark)");
const chosen = () => document.documentElement.dataset.theme;
const isDark = () => (chosen() ? chosen() === "dark" : dark.matches);

/** Let a button switch between light and dark; it names what a press leads to. */
export function startTheme(button) {
  const name = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    name();
  });
  dark.addEventListener("change", name);
  name();
}
