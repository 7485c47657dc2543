import { expect, test } from 'vitest'
import { tone } from '../emulator/talk.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import { lookup, rehearse } from './rehearsal.ts'

test('the agent greets, runs a tool on request, and speaks its outcome', async () => {
  const { conversation, reported } = await rehearse(agentWith({ greeting: 'Hi, this is Nora.', tools: [lookup] }))
  expect((await reported('agent.transcript')).text).toBe('Hi, this is Nora.')
  conversation.dispatch({ type: 'caller.text', text: 'where is order A-1042?' })
  expect(await reported('tool.started')).toMatchObject({ name: 'lookup_order', arguments: { order_number: 'A-1042' } })
  expect(await reported('tool.finished')).toMatchObject({ status: 'ok', output: expect.stringContaining('A-1042') })
  expect((await reported('agent.transcript', 2)).text).toMatch(/A-1042/)
})

test('an edit is confirmed by the service, and the next answer follows it', async () => {
  const before = agentWith({ instructions: 'You are a calm librarian.' })
  const { conversation, runner, reported } = await rehearse(before)
  await reported('session.ready')
  runner.offer({ number: 2, agent: agentWith({ ...before, instructions: 'You are a loud pirate.' }) }, 0)
  expect(await reported('reload.applied')).toMatchObject({ fields: ['instructions'], offered: 2, generation: 2 })
  conversation.dispatch({ type: 'caller.text', text: 'tell me something' })
  expect((await reported('agent.transcript')).text).toMatch(/loud pirate/)
})

test('an edit that the service refuses changes nothing and names the line', async () => {
  const before = agentWith()
  const { runner, reported } = await rehearse(before)
  await reported('session.ready')
  runner.offer({ number: 2, agent: agentWith({ ...before, stt: { model: 'acme/none' } }) }, 0)
  expect(await reported('reload.refused')).toMatchObject({
    fields: ['stt.model'],
    offered: 2,
    generation: 1,
    file: 'agents/desk.yaml',
    line: 6,
  })
})

test('a connection that drops is opened again, and nobody is greeted twice', async () => {
  const { emulator, reported, reports } = await rehearse(agentWith({ greeting: 'Hello there.' }))
  await reported('agent.transcript')
  for (const connection of emulator.connections) connection.close(1011)
  await reported('session.ready', 2)
  expect(reports.filter(({ type }) => type === 'agent.transcript')).toHaveLength(1)
})

test('a background call survives a lost session, and its result is spoken in the next', async () => {
  const report = toolNamed('monthly_report', {
    description: 'Make the report of a month.',
    background: true,
    run: ['sh', '-c', 'sleep 1; echo 12 orders'],
  })
  const { conversation, emulator, reported, reports } = await rehearse(agentWith({ tools: [report] }))
  await reported('session.ready')
  conversation.dispatch({ type: 'caller.text', text: 'make the monthly report' })
  expect((await reported('agent.transcript')).text).toMatch(/has begun/)
  for (const connection of emulator.connections) connection.close(1011)
  await reported('session.ready', 2)
  expect(await reported('tool.finished')).toMatchObject({ status: 'ok', output: '12 orders', background: true })
  expect((await reported('agent.transcript', 2)).text).toBe('monthly_report says: 12 orders.')
  expect(reports.filter(({ type }) => type === 'tool.finished')).toHaveLength(1)
})

test('two spoken turns in a row are answered', async () => {
  const { conversation, reported } = await rehearse(agentWith(), { captions: ['what can you do', 'stop'] })
  await reported('session.ready')
  const speak = () => {
    for (const amplitude of [0.3, 0])
      conversation.dispatch({ type: 'caller.audio', audio: new Uint8Array(tone(1_000, 24_000, amplitude).buffer) })
  }
  speak()
  expect((await reported('agent.transcript')).text).toContain('You said: "what can you do"')
  speak()
  expect((await reported('agent.transcript', 2)).text).toContain('"stop"')
})

test('a sound without a transcript pauses the agent, which resumes after resume_after', async () => {
  const patient = agentWith({
    turn_detection: { type: 'server_vad', silence_duration_ms: 300, create_response: true, interrupt_response: false },
    interruption: { min_words: 1, ignore: [], min_speech: '0ms', resume_after: '700ms' },
  })
  const { conversation, reported, reports } = await rehearse(patient, { faults: { loseTranscripts: 1 } }, 'clock')
  await reported('session.ready')
  conversation.dispatch({ type: 'caller.text', text: 'tell me about yourself' })
  await reported('agent.transcript')
  for (const [ms, amplitude] of [
    [160, 0.3],
    [1_000, 0],
  ] as const)
    conversation.dispatch({ type: 'caller.audio', audio: new Uint8Array(tone(ms, 24_000, amplitude).buffer) })
  const goesOn = await reported('agent.playback', 2)
  const stoppedAt = reports.find((report) => report.type === 'caller.speech' && report.state === 'stopped')?.t ?? 0
  expect(goesOn.state).toBe('resumed')
  expect(goesOn.t - stoppedAt).toBeGreaterThanOrEqual(690)
  expect(reports.filter(({ type }) => type === 'agent.heard')).toEqual([])
})
