import type { Browser, CDPSession } from 'playwright-core'

/** What the helpers need of a page. */
export interface Evaluates {
  evaluate<T>(expression: string): Promise<T>
}

/** A tab as a person has it: Playwright keeps each of its own visible and focused, and so none can be frozen or come back. */
export class BareTab implements Evaluates {
  readonly #browser: CDPSession
  readonly #session: string
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  #id = 0

  private constructor(browser: CDPSession, session: string) {
    this.#browser = browser
    this.#session = session
    browser.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
      if (sessionId !== session) return
      const { id, result, error } = JSON.parse(message) as { id?: number; result?: never; error?: { message: string } }
      const waiting = this.#waiting.get(id ?? -1)
      this.#waiting.delete(id ?? -1)
      if (error === undefined) waiting?.resolve(result as never)
      else waiting?.reject(new Error(error.message))
    })
  }

  /** Opens addresses as tabs of one browser that nobody used before. */
  static async open(browser: Browser, urls: readonly string[]): Promise<{ tabs: BareTab[]; close(): Promise<void> }> {
    const cdp = await browser.newBrowserCDPSession()
    const { browserContextId } = await cdp.send('Target.createBrowserContext')
    const tabs: BareTab[] = []
    for (const url of urls) {
      const { targetId } = await cdp.send('Target.createTarget', { url, browserContextId })
      const { sessionId } = await cdp.send('Target.attachToTarget', { targetId })
      tabs.push(new BareTab(cdp, sessionId))
    }
    return {
      tabs,
      async close() {
        await cdp.send('Target.disposeBrowserContext', { browserContextId })
        await cdp.detach()
      },
    }
  }

  /** One command of the Chrome DevTools Protocol. */
  async send<T>(method: string, params: object = {}): Promise<T> {
    const id = ++this.#id
    const answer = new Promise<T>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    const message = JSON.stringify({ id, method, params })
    await this.#browser.send('Target.sendMessageToTarget', { message, sessionId: this.#session })
    return answer
  }

  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send<{
      result: { value: T }
      exceptionDetails?: { exception?: { description?: string } }
    }>('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? expression)
    return result.value
  }
}
