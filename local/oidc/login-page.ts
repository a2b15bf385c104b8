import type { IncomingMessage } from 'node:http'

const escape = (text: string): string => text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f4f6f8, #14181d); color: light-dark(#1c2530, #e6eaf0); }
main { width: min(24rem, 100vw - 4rem); padding: 2rem; border-radius: .75rem; background: light-dark(#fff, #1d232b); box-shadow: 0 1px 3px #0003; }
h1 { margin: 0 0 .25rem; font-size: 1.25rem; }
p { margin: 0 0 1.25rem; color: light-dark(#55606e, #a4afbd); }
form { display: grid; gap: .5rem; }
button, input { font: inherit; padding: .6rem .9rem; border-radius: .5rem; border: 1px solid light-dark(#c9d1da, #3a4450); background: light-dark(#fff, #252d37); color: inherit; text-align: start; }
button { cursor: pointer; }
button:hover { border-color: light-dark(#2456c9, #8fb2ff); }
:focus-visible { outline: 3px solid light-dark(#2456c9, #8fb2ff); outline-offset: 2px; }
.other { display: grid; grid-template-columns: 1fr auto; gap: .5rem; margin-top: 1rem; }
label { grid-column: 1 / -1; font-size: .9rem; }
[role=alert] { color: light-dark(#a4262c, #ff9a9a); }
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
