import { afterAll, beforeAll } from 'vitest'
import { CHROMIUM } from './browser.ts'
import { type ServedPage, servePage } from './page.ts'
import { type SharedBrowser, shareBrowser } from './shared-browser.ts'

interface SharedPage extends SharedBrowser {
  readonly served: ServedPage
}

/** One browser and one runner that serves a page, for all tests of a file. */
export function sharePage(): SharedPage {
  const one = shareBrowser()
  let served: ServedPage
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
