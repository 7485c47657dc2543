import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { PROTOCOL } from '../../src/page/protocol.ts'
import { type BarePage, barePage, type ServedPage, servePage, talkingPage } from '../helpers/page.ts'

async function served(): Promise<ServedPage> {
  const page = await servePage(['--offline'])
  onTestFinished(() => void page.cli.child.kill('SIGKILL'))
  return page
}

/** In a conversation whose answer has been made, and is being heard. */
async function listening({ channel }: ServedPage): Promise<BarePage> {
  const page = await talkingPage(channel)
  await page.report('agent.transcript')
  const item_id = page.messages.find((message) => message.type === 'item')?.item_id ?? ''
  page.say({ type: 'playback.started', item_id })
  return page
}

test('SIGTERM lets the agent finish speaking, and opens no new conversation meanwhile', async () => {
  const running = await served()
  const page = await listening(running)
  const leaving = await talkingPage(running.channel)
  await leaving.report('agent.transcript')
  running.cli.child.kill('SIGTERM')
  const late = barePage(running.channel)
  await once(late.socket, 'open')
  late.say({ type: 'hello', protocol: PROTOCOL })
  late.say({ type: 'open' })
  expect(await late.closed).toEqual([1001, 'the runner stops'])
  leaving.socket.close()
  expect(page.socket.readyState).toBe(page.socket.OPEN)
  page.say({ type: 'playback.drained', piece: page.pieces.at(-1)?.piece ?? 0 })
  expect(await page.closed).toEqual([1001, 'the runner stops'])
  expect(await running.cli.ended).toBe(0)
})

test('SIGTERM does not wait if no page is connected, and SIGINT never waits', async () => {
  const [terminated, interrupted] = [await served(), await served()]
  const [leaving, page] = [await listening(terminated), await listening(interrupted)]
  leaving.socket.close()
  await leaving.closed
  terminated.cli.child.kill('SIGTERM')
  interrupted.cli.child.kill('SIGINT')
  expect(await page.closed).toEqual([1001, 'the runner stops'])
  expect(page.messages.at(-1)).toMatchObject({ report: { type: 'session.closed' } })
  expect(await Promise.all([terminated.cli.ended, interrupted.cli.ended])).toEqual([0, 0])
})

test("a page that does not report playback delays the runner's exit by at most eight seconds", async () => {
  const running = await served()
  const page = await listening(running)
  running.cli.child.kill('SIGTERM')
  expect(await page.closed).toEqual([1001, 'the runner stops'])
  expect(await running.cli.ended).toBe(0)
})
