import type { IncomingMessage } from 'node:http'

const escape = (text: string): string => text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

/** The colours of the console, so that one does not seem to have left it. */
const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#e0e0d9, #343934); --edge: light-dark(#82857c, #7d847c); --accent: light-dark(#0b6b57, #5fd0b1); }
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f6f6f3, #141614); color: light-dark(#1c1f1b, #eceee9); font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif; }
main { width: min(26rem, 100%); padding: 2rem; border: 1px solid var(--line); border-radius: .75rem; background: light-dark(#fff, #1c1f1c); box-shadow: 0 1px 2px light-dark(#1c1f1b14, #0006); }
h1 { margin: 0 0 .25rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 1.25rem; color: light-dark(#5a5e56, #a9afa6); }
form { display: grid; gap: .5rem; }
button, input { font: inherit; min-height: 2.75rem; padding: .25rem .875rem; border-radius: .5rem; border: 1px solid var(--edge); background: light-dark(#fff, #1c1f1c); color: inherit; text-align: start; }
button { cursor: pointer; font-weight: 550; }
button:hover { background: light-dark(#f0f0ec, #262a26); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.other { display: grid; grid-template-columns: 1fr auto; gap: .5rem; margin-top: 1.25rem; }
label { grid-column: 1 / -1; font-size: .875rem; font-weight: 600; }
[role=alert] { color: light-dark(#a3271d, #ff9f92); }
`

/** The sign-in of the local run: pick somebody. No passwords: whoever is on this machine may be anybody. */
export function loginPage(accounts: readonly string[], hint: string | undefined, wrong: boolean): string {
  const buttons = accounts
    .map(
      name =>
        `<button name="account" value="${escape(name)}"${name === hint ? ' autofocus' : ''}>${escape(name)}</button>`,
    )
    .join('')
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign in · Grantwire local run</title><style>${STYLE}</style></head>
<body><main>
<h1>Sign in</h1>
<p>This is the local run: choose who you are.</p>
${wrong ? '<p role="alert">A user name has 1 to 128 of A-Z a-z 0-9 . _ @ | : = + -</p>' : ''}
<form method="post">${buttons}</form>
<form method="post" class="other">
<label for="account">Or anybody else</label>
<input id="account" name="account" required maxlength="128" autocomplete="off" value="${escape(hint !== undefined && !accounts.includes(hint) ? hint : '')}">
<button>Sign in</button>
</form>
</main></body></html>`
}

/** The fields of a posted form, at most 10 KB of them. */
export async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const chunk of req) {
    text += String(chunk)
    if (text.length > 10_000) break
  }
  return new URLSearchParams(text)
}
