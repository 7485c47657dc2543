import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { CHROMIUM, openBrowser } from './browser.ts'

export interface SharedBrowser {
  /** Where there is one; else the tests are skipped. */
  readonly browser: Browser
  /** What a test opens: closed after it, the last first. */
  readonly open: { close(): unknown }[]
}

/** One browser for all tests of a file. */
export function shareBrowser(): SharedBrowser {
  let browser: Browser
  const open: SharedBrowser['open'] = []
  beforeAll(async () => {
    if (CHROMIUM !== undefined) browser = await openBrowser()
  })
  afterEach(async () => {
    for (const resource of open.splice(0).reverse()) await resource.close()
  })
  afterAll(() => browser?.close())
  return {
    get browser() {
      return browser
    },
    open,
  }
}
