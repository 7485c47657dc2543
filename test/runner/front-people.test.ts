import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { CallerEvent } from '../../src/channels/caller-event.ts'
import { openPlainDisplay } from '../../src/channels/plain-display.ts'
import { openTerminal } from '../../src/channels/terminal.ts'
import type { Conversation } from '../../src/runner/conversation.ts'
import { createPeopleFront } from '../../src/runner/fronts/front-people.ts'
import type { Runner } from '../../src/runner/runner.ts'
import { Keys, Screen } from '../channels/screen.ts'

/** What both fronts are made of. */
const PARTS = {
  openSound: () => ({ open() {}, play() {}, pause() {}, resume() {}, clear() {}, close() {} }),
  frames: { frame: () => '' },
  headline: [],
  closeDevices: async () => 0,
}

test('text typed before the conversation opens is sent to the agent, and shown below the startup messages', async () => {
  const dispatched: CallerEvent[] = []
  const conversation = {
    isOver: false,
    isManual: false,
    stop() {},
    dispatch: (event: CallerEvent) => void dispatched.push(event),
  }
  const keys = new Keys()
  const screen = new Screen(60)
  const front = createPeopleFront({
    openDisplay: ({ emit, quit }) =>
      openTerminal({ input: keys, output: screen, env: { NO_COLOR: '1' }, emit, onQuit: quit }),
    ...PARTS,
    headline: ['support'],
  })
  keys.write('are you there?\r')
  await setImmediate()
  front.notify('warning', 'the file is looked at once a second')
  front.begin({ open: () => conversation as unknown as Conversation } as unknown as Runner)
  await vi.waitFor(() => expect(dispatched).toEqual([{ type: 'caller.text', text: 'are you there?' }]))
  expect(screen.shown).toEqual([
    '         support',
    '  warn   the file is looked at once a second',
    '  you    are you there?',
    '  you    >',
  ])
  await front.close()
})

test('a --say run that the service ends exits with 4, and no line names another code', async () => {
  const output = new PassThrough({ encoding: 'utf8' })
  const front = createPeopleFront({
    ...PARTS,
    openDisplay: ({ quit }) => openPlainDisplay({ output, onQuit: quit }),
    isRehearsal: true,
  })
  const open: Runner['open'] = (_, { onReport, onClosed }) => {
    queueMicrotask(() => {
      const failure = {
        name: 'a',
        call_id: 'c',
        status: 'failed',
        ms: 1,
        output: '{"error":{"message":"no"}}',
      } as const
      onReport({ type: 'tool.finished', t: 0, conversation: 'main', generation: 1, ...failure })
      onClosed({ reason: 'the service is down', code: null, failed: true })
    })
    return { unavailable: [] } as unknown as Conversation
  }
  front.begin({ open } as Runner)
  expect(await front.finished).toBe(4)
  expect(output.read()).not.toContain('this run ends with')
})
