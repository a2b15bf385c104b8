import { chromium, type Browser, type BrowserServer, type LaunchOptions } from 'playwright-core'
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

function launchOptions(): LaunchOptions {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('There is no Chromium here: install it, or name it in CHROMIUM.')
  // Playwright switches the back/forward cache off, which is what some tests are about.
  return { executablePath, headless: true, args: FLAGS, ignoreDefaultArgs: ['--disable-back-forward-cache'] }
}

/** This machine's Chromium. @throws Error where there is none */
export const launchChromium = (): Promise<Browser> => chromium.launch(launchOptions())

/** The same, for several processes that connect to its address. */
export const serveChromium = (): Promise<BrowserServer> => chromium.launchServer(launchOptions())
