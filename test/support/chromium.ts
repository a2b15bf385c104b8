import { chromium, type Browser, type BrowserServer } from 'playwright-core'
import { findChromium } from '../../scripts/chromium.mjs'

/** What Chromium needs to run without a display, as root, and without calling home. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page whose files a test hands out by itself has no address, and would count as foreign to this machine's servers.
  '--disable-features=LocalNetworkAccessChecks',
]

function launchOptions(): { executablePath: string; headless: true; args: string[] } {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('There is no Chromium here: install it, or name it in CHROMIUM.')
  return { executablePath, headless: true, args: FLAGS }
}

/** This machine's Chromium. @throws Error where there is none */
export const launchChromium = (): Promise<Browser> => chromium.launch(launchOptions())

/** The same, for several processes that connect to its address. */
export const serveChromium = (): Promise<BrowserServer> => chromium.launchServer(launchOptions())
