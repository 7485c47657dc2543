import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { CHROMIUM, KEEP_TRACKS, MISSING } from '../helpers/browser.ts'
import { projectCopy } from '../helpers/cli.ts'
import { AGENT, type ServedPage, servePage } from '../helpers/page.ts'
import { shareBrowser } from '../helpers/shared-browser.ts'
import { said, type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
const shared = shareBrowser()
const { open } = shared

/** A runner for two agents, at any port by default. */
async function serve(project: string, port = '0'): Promise<ServedPage> {
  const served = await servePage(['agents/sales.yaml', '--port', port], { cwd: project })
  open.push({ close: () => served.cli.child.kill('SIGKILL') })
  return served
}

function projectOfTwo(): string {
  const project = projectCopy()
  const support = readFileSync(join(project, AGENT), 'utf8')
  const sales = support.replace('name: support', 'name: sales').replace('this is Nora', 'this is Max')
  writeFileSync(join(project, 'agents/sales.yaml'), sales)
  return project
}

async function restart(served: ServedPage, project: string): Promise<void> {
  served.cli.child.kill('SIGKILL')
  await served.cli.ended
  await serve(project, new URL(served.url).port)
}

async function visit(url: string): Promise<Page> {
  const context = await shared.browser.newContext()
  open.push(context)
  context.setDefaultTimeout(PATIENCE_MS)
  await context.addInitScript({ content: KEEP_TRACKS })
  const page = await context.newPage()
  await page.goto(url)
  await page.locator('.primary:enabled').waitFor()
  return page
}

const openTracks = (page: Page) => page.evaluate('tracks.filter(({ readyState }) => readyState === "live").length')

describe.skipIf(CHROMIUM === undefined)(`a restarted runner${MISSING}`, () => {
  test('leaves the transcript on the page, with nothing shown as still in force', async () => {
    const project = projectCopy()
    writeFileSync(join(project, 'tools/lookup_order.mjs'), '#!/usr/bin/env node\nsetInterval(() => {}, 1000)\n')
    const served = await servePage([], { cwd: project })
    const page = await visit(served.url)
    await type(page, 'hello')
    await said(page, /You said: "hello"/)
    await type(page, 'where is order A-1042?')
    await page.locator('details.tool').getByText('running …').waitFor()
    served.cli.child.kill('SIGKILL')
    await served.cli.ended
    const again = await servePage(['--port', new URL(served.url).port], { cwd: project })
    open.push({ close: () => again.cli.child.kill('SIGKILL') })
    await page.getByText('The earlier conversation is over.').first().waitFor()
    expect(await page.locator('.words').filter({ hasText: 'You said: "hello"' }).count()).toBe(1)
    expect(await page.locator('details.tool .tool-status').innerText()).toBe('lost')
    expect(await page.locator('.badge').count()).toBe(0)
    await page.getByText('Nothing is confirmed yet.').waitFor()
    await page.getByText('Talk or type, and a new conversation begins.').waitFor()
  })

  test('continues below the old transcript, with the same agent', async () => {
    const project = projectOfTwo()
    const served = await serve(project)
    const page = await visit(served.url)
    await page.getByLabel('Agent', { exact: true }).selectOption('sales')
    await type(page, 'first')
    await said(page, /You said: "first"/)
    await restart(served, project)
    await page.getByText('The earlier conversation is over.').first().waitFor()
    await type(page, 'second')
    await said(page, /You said: "second"/)
    const lines = await page.locator('.entry').allInnerTexts()
    // The greeting is said, or cut off by what is typed, after whichever word of it.
    const others = lines.filter((line) => !/Hi|^sales\s+— cut off$/.test(line))
    expect(others.map((line) => line.replace(/\s+/g, ' ').slice(0, 24))).toEqual([
      'you first',
      'sales This is a rehearsa',
      'The earlier conversation',
      'you second',
      'sales This is a rehearsa',
    ])
  })
})

describe.skipIf(CHROMIUM === undefined)(`the agent chosen on the page${MISSING}`, () => {
  test.each<[string, (page: Page) => Promise<void>]>([
    ['a typed line', (page) => type(page, 'hi')],
    ['Talk', (page) => page.getByRole('button', { name: 'Talk', exact: true }).click()],
    ['Start talking', (page) => page.getByRole('button', { name: 'Start talking' }).click()],
  ])('answers after %s', async (_name, begin) => {
    const page = await visit((await serve(projectOfTwo())).url)
    await page.getByLabel('Agent', { exact: true }).selectOption('sales')
    await page.getByRole('heading', { name: 'sales', exact: true }).waitFor()
    await begin(page)
    await page.locator('.entry-agent .label').getByText('sales').first().waitFor()
  })
})

describe.skipIf(CHROMIUM === undefined)(`a second conversation on the same page${MISSING}`, () => {
  test('opens one microphone, and releases it when the caller stops', async () => {
    const page = await visit((await serve(projectOfTwo())).url)
    await page.getByRole('button', { name: 'Start talking' }).click()
    await page.getByText(/Listening|The agent is speaking/).waitFor()
    await expect.poll(() => openTracks(page)).toBe(1)
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await expect.poll(() => openTracks(page)).toBe(0)
    await page.getByRole('button', { name: 'Start anew' }).click()
    await page.locator('.primary:enabled').click()
    await page.locator('.entry-agent').waitFor()
    await expect.poll(() => openTracks(page)).toBe(1)
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await expect.poll(() => openTracks(page)).toBe(0)
  })
})
