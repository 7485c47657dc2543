import { afterAll, beforeAll } from 'vitest'
import { CHROMIUM } from './browser.ts'
import { type OneBrowser, oneBrowser } from './one-browser.ts'
import { type PageServed, servePage } from './page.ts'

interface OnePage extends OneBrowser {
  readonly served: PageServed
}

/** One browser and one runner that serves a page, for all tests of a file. */
export function onePage(): OnePage {
  const one = oneBrowser()
  let served: PageServed
  beforeAll(async () => {
    if (CHROMIUM !== undefined) served = await servePage()
  })
  afterAll(() => served?.cli.child.kill('SIGTERM'))
  return {
    get browser() {
      return one.browser
    },
    open: one.open,
    get served() {
      return served
    },
  }
}
