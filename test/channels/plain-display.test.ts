import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { openPlainDisplay } from '../../src/channels/plain-display.ts'

function openTestDisplay() {
  const output = new PassThrough()
  let quits = 0
  const plain = openPlainDisplay({ output, onQuit: () => (quits += 1) })
  let text = ''
  output.on('data', (chunk) => {
    text += String(chunk)
  })
  return { output, plain, quits: () => quits, written: () => text }
}

test('a turn is one line, however its deltas arrive', () => {
  const { plain, written } = openTestDisplay()
  for (const delta of [' Hi,', ' this\nis ', 'Nora.']) plain.agentSaid(delta)
  plain.agentEnded()
  plain.agentEnded()
  expect(written()).toBe('agent  Hi, this is Nora.\n')
})

test('words are written as they arrive', () => {
  const { plain, written } = openTestDisplay()
  plain.agentSaid('Hi')
  expect(written()).toBe('agent  Hi')
})

test('an interrupted turn ends in a dash', () => {
  const { plain, written } = openTestDisplay()
  plain.agentSaid('Your order ')
  plain.agentCutOff()
  plain.agentSaid('Your')
  plain.agentCutOff()
  expect(written()).toBe('agent  Your order —\nagent  Your —\n')
})

test('a note is shown on its own lines, without colour or control characters', () => {
  const { plain, written } = openTestDisplay()
  plain.agentSaid('Let me see')
  plain.note('tool', 'look_up {}\u001b[31m')
  plain.note('error', 'a.yaml:1:1 bad\n> 1 | x\n')
  plain.agentSaid('it is there')
  plain.close()
  expect(written()).toBe(
    'agent  Let me see\ntool   look_up {}\nerror  a.yaml:1:1 bad\n       > 1 | x\nagent  it is there\n',
  )
})

test('a lost reader ends the display quietly', async () => {
  const { output, plain, quits } = openTestDisplay()
  output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  await new Promise((resolve) => output.once('close', resolve))
  plain.agentSaid('nobody')
  plain.agentEnded()
  expect(quits()).toBe(1)
})
