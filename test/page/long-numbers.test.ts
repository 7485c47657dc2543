import { describe, expect, test } from 'vitest'
import { CHROMIUM, MISSING } from '../helpers/browser.ts'
import { sharePage } from '../helpers/shared-page.ts'
import { said, type } from '../helpers/talk.ts'

/** How long a step may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000
/** Beyond 2^53, and with a zero that JavaScript would leave out. */
const ARGUMENTS = '{"account":12345678901234567890,"amount":19.90}'
const ANSWER = '{"receipt":98765432109876543210}'
const shared = sharePage()

describe.skipIf(CHROMIUM === undefined)(`the page${MISSING}`, () => {
  test('shows the numbers of a call and of its answer as the model and the tool wrote them', async () => {
    const context = await shared.browser.newContext()
    shared.open.push(context)
    context.setDefaultTimeout(PATIENCE_MS)
    const page = await context.newPage()
    const call = { t: Date.now(), conversation: 'main', generation: 1, call_id: 'c', name: 'pay' }
    const started = (given: string) =>
      `${JSON.stringify({ ...call, type: 'tool.started' }).slice(0, -1)},"arguments":${given}}`
    const finished = JSON.stringify({ ...call, type: 'tool.finished', status: 'ok', ms: 5, output: ANSWER })
    let makeCalls = () => {}
    await page.routeWebSocket(/channel/, (route) => {
      route.connectToServer()
      makeCalls = () => {
        for (const report of [started(ARGUMENTS), finished, started('98765432109876543210')])
          route.send(`{"type":"report","report":${report}}`)
      }
    })
    await page.goto(shared.served.url)
    await type(page, 'hello')
    await said(page, /You said: "hello"/)
    makeCalls()
    const tool = page.locator('details.tool').first()
    await tool.getByText('ok · 5 ms').waitFor()
    await tool.locator('summary').click()
    expect(await tool.locator('.tool-arguments').innerText()).toBe('account: 12345678901234567890, amount: 19.90')
    expect(await tool.getByLabel('Arguments').innerText()).toMatch(
      /"account": 12345678901234567890,\s+"amount": 19\.90/,
    )
    expect(await tool.getByLabel('Answer').innerText()).toContain('"receipt": 98765432109876543210')
    // No object, as a model should have given, but shown all the same.
    await page.locator('.tool-arguments').getByText('98765432109876543210', { exact: true }).waitFor()
  })
})
