import { useState } from 'react'

const THEMES = ['system', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]

const KEY = 'grantwire.theme'

const storedTheme = (): Theme => THEMES.find(theme => theme === localStorage.getItem(KEY)) ?? 'system'

/** Puts the chosen theme on the page; call it before the first paint. */
export function applyTheme(theme: Theme = storedTheme()): void {
  document.documentElement.dataset['theme'] = theme
}

/** Follows the choice that is made in another window, or in the page around a frame. */
export function followTheme(): void {
  addEventListener('storage', ({ key }) => {
    if (key === KEY) applyTheme()
  })
}

/** Chooses between the system's theme, light and dark; the browser remembers it. */
export function ThemeChoice() {
  const [theme, setTheme] = useState(storedTheme)
  const choose = (name: string) => {
    const chosen = THEMES.find(known => known === name) ?? 'system'
    localStorage.setItem(KEY, chosen)
    applyTheme(chosen)
    setTheme(chosen)
  }
  return (
    <select aria-label="Theme" className="theme" value={theme} onChange={event => choose(event.target.value)}>
      <option value="system">Auto</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  )
}
