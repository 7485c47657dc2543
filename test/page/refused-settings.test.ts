import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CHROMIUM, MISSING } from '../helpers/browser.ts'
import { projectCopy } from '../helpers/cli.ts'
import { AGENT, servePage } from '../helpers/page.ts'
import { shareBrowser } from '../helpers/shared-browser.ts'
import { type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
const shared = shareBrowser()
const { open } = shared

describe.skipIf(CHROMIUM === undefined)(`the page${MISSING}`, () => {
  test('says of settings that are refused at the start that they are, and neither of an edit nor of settings that stay', async () => {
    const project = projectCopy()
    const file = join(project, AGENT)
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^voice: .*$/m, 'voice: Josef'))
    const served = await servePage([], { cwd: project })
    open.push({ close: () => served.cli.child.kill('SIGKILL') })
    const page = await shared.browser.newPage()
    open.push(page)
    page.setDefaultTimeout(PATIENCE_MS)
    await page.goto(served.url)
    await type(page, 'hello')
    const card = page.getByRole('article', { name: 'Settings refused' })
    expect(await card.locator('.card-head b').innerText()).toBe('Refused by the service')
    expect(await page.getByRole('article', { name: /^Edit/ }).count()).toBe(0)
  })
})
