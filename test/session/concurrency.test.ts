import { describe, expect, test } from 'vitest'
import type { Tool } from '../../src/agent/tool.ts'
import type { SessionEvent } from '../../src/session/event.ts'
import { agentWith, toolNamed } from '../helpers/agents.ts'
import {
  effectTypes,
  fired,
  goOn,
  live,
  lost,
  reopening,
  reported,
  type Story,
  sent,
  started,
  stopped,
  text,
  updated,
} from './story.ts'
import { calls, ended, finished, launched } from './tool-calls.ts'

function desk(changes: Parameters<typeof toolNamed>[1]): Story {
  return live(agentWith({ tools: [toolNamed('pay', changes), toolNamed('look')] }))
}

describe('a second call of a tool that is running', () => {
  test('runs beside the first by default', () => {
    expect(launched(goOn(desk({}), ...calls('r', 'pay:1', 'pay:2')))).toEqual(['1', '2'])
  })

  test('waits for the first with queue, and is reported when it begins', () => {
    const story = goOn(desk({ concurrency: 'queue' }), ...calls('r', 'pay:1', 'pay:2', 'pay:3', 'look'))
    expect(launched(story)).toEqual(['1', 'look'])
    const begun = reported(story, 'tool.started').map(({ call_id, background }) => [call_id, background])
    expect(begun).toEqual([
      ['1', undefined],
      ['look', undefined],
    ])
    const second = goOn(story, ended('1'))
    expect(launched(second)).toEqual(['2'])
    expect(launched(goOn(second, ended('2')))).toEqual(['3'])
  })

  test('waits with queue although it belongs to another response', () => {
    const story = goOn(desk({ concurrency: 'queue' }), ...calls('r', 'pay:1'), ...calls('s', 'pay:2'))
    expect(launched(story)).toEqual(['1'])
    expect(launched(goOn(story, ended('1')))).toEqual(['2'])
  })

  test('is not run with reject, and the model is told why', () => {
    const story = goOn(desk({ concurrency: 'reject' }), ...calls('r', 'pay:1', 'pay:2'))
    expect(launched(story)).toEqual(['1'])
    expect(finished(story)).toEqual(['2 unavailable'])
    expect(JSON.stringify(sent(story))).toContain('another call of it is still running')
    expect(launched(goOn(story, ended('1'), ...calls('s', 'pay:3')))).toEqual(['3'])
  })

  test('is refused if eight wait already', () => {
    const ids = Array.from({ length: 10 }, (_, index) => `pay:${index}`)
    expect(finished(goOn(desk({ concurrency: 'queue' }), ...calls('r', ...ids)))).toEqual(['9 unavailable'])
  })

  test('waits for a cancelled process that is still cleaning up', () => {
    const story = goOn(desk({ concurrency: 'queue', onInterrupt: 'cancel' }), ...calls('r', 'pay:1'), started)
    expect(launched(goOn(story, ...calls('s', 'pay:2')))).toEqual([])
    expect(launched(goOn(story, ...calls('s', 'pay:2'), ended('1')))).toEqual(['2'])
    const next = goOn(story, lost, ...reopening, updated(), fired('replay'))
    expect(launched(goOn(next, ...calls('s', 'pay:2')))).toEqual([])
    expect(launched(goOn(next, ...calls('s', 'pay:2'), ended('1')))).toEqual(['2'])
  })

  test.each([
    ['the connection is lost', lost],
    ['the conversation is stopped', { type: 'stop.requested', drain: false }],
  ] as const)('that waits when %s is never begun, and is reported as cancelled', (_, event) => {
    const story = goOn(desk({ concurrency: 'queue' }), ...calls('r', 'pay:1', 'pay:2'), event, ended('1'))
    expect(launched(story)).toEqual(['1'])
    expect(finished(story)).toContain('2 cancelled')
  })
})

describe('a caller who interrupts', () => {
  const interruptions: readonly (readonly [string, SessionEvent])[] = [
    ['by speaking', started],
    ['by typing', text('wait')],
  ]
  test.each(interruptions)('%s does not cancel a call by default', (_, event) => {
    const story = goOn(desk({}), ...calls('r', 'pay'), event)
    expect(effectTypes(story)).not.toContain('cancelTool')
    expect(finished(goOn(story, ended('pay')))).toEqual(['pay ok'])
  })

  test.each(interruptions)(
    '%s cancels a call with on_interrupt: cancel, which is answered at once and once',
    (_, event) => {
      const story = goOn(desk({ onInterrupt: 'cancel' }), ...calls('r', 'pay', 'look'), event)
      expect(story.effects.filter(({ type }) => type === 'cancelTool')).toEqual([{ type: 'cancelTool', callId: 'pay' }])
      expect(finished(story)).toEqual(['pay cancelled'])
      expect(JSON.stringify(sent(story))).toContain('the caller went on speaking; it was ended')
      expect(finished(goOn(story, ended('pay'), ended('look')))).toEqual(['look ok'])
    },
  )

  test('hears no follow-up to what was cancelled', () => {
    const story = goOn(desk({ onInterrupt: 'cancel' }), ...calls('r', 'pay'), started)
    expect(sent(goOn(story, stopped, ended('pay'))).map(({ type }) => type)).toEqual([])
  })

  test('hears no follow-up to it before saying something either', () => {
    const story = goOn(desk({ onInterrupt: 'cancel' }), ...calls('r', 'pay'), { type: 'caller.interrupted' })
    expect(finished(story)).toEqual(['pay cancelled'])
    expect(sent(story).map(({ type }) => type)).toEqual(['conversation.item.create'])
    expect(sent(goOn(story, ended('pay')))).toEqual([])
  })

  test('cancels nothing if the agent does not stop for them', () => {
    const deaf = { type: 'semantic_vad', create_response: true, interrupt_response: false } as const
    const tools: readonly Tool[] = [toolNamed('pay', { onInterrupt: 'cancel' })]
    const story = goOn(live(agentWith({ tools, turn_detection: deaf })), ...calls('r', 'pay'), started)
    expect(effectTypes(story)).not.toContain('cancelTool')
  })

  test('ends a call that still waits: it is never launched', () => {
    const settings = { onInterrupt: 'cancel', concurrency: 'queue' } as const
    const story = goOn(desk(settings), ...calls('r', 'pay:1', 'pay:2'), started, ended('1'))
    expect(finished(story)).toEqual(['1 cancelled', '2 cancelled'])
    expect(launched(story)).toEqual(['1'])
  })
})
