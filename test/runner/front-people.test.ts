import { setImmediate } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { CallerEvent } from '../../src/channels/caller-event.ts'
import { openTerminal } from '../../src/channels/terminal.ts'
import type { Conversation } from '../../src/runner/conversation.ts'
import { createPeopleFront } from '../../src/runner/fronts/front-people.ts'
import type { Runner } from '../../src/runner/runner.ts'
import { Keys, Screen } from '../channels/screen.ts'

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
    openSound: () => ({ open() {}, play() {}, pause() {}, resume() {}, clear() {}, close() {} }),
    frames: { frame: () => '' },
    headline: ['support'],
    closeDevices: async () => 0,
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
