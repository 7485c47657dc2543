import { describe, expect, test } from 'vitest'
import { agentWith } from '../helpers/agents.ts'
import { asPirate, inFlight, pirate, refusal } from './edits.ts'
import { created, edit, goOn, live, lost, reopening, reported, reports, type Story, updated } from './story.ts'

const voiced = (voice: string) => agentWith({ voice })
const [olivia, sarah, mark] = [voiced('Olivia'), voiced('Sarah'), voiced('Mark')]

/** The superseded edits, each with the one that superseded it. */
const superseded = (story: Story) => reported(story, 'reload.superseded').map(({ offered, by }) => [offered, by])

describe('an edit superseded by a newer one', () => {
  test('is reported as superseded once, whatever comes later', () => {
    const queued = goOn(inFlight(), edit(3, olivia), edit(4, sarah))
    expect(superseded(queued)).toEqual([[3, 4]])
    const next = goOn(queued, asPirate)
    expect(superseded(goOn(next, edit(5, mark)))).toEqual([])
  })

  test('has its turn if the newer one is refused: it waits, is reported as waiting, and may be superseded again', () => {
    const busy = goOn(live(), created('r1'), edit(2, pirate), edit(3, olivia))
    expect(superseded(busy)).toEqual([[2, 3]])
    const back = goOn(busy, { type: 'agent.withdrawn', generation: 3 })
    expect(reported(back, 'reload.waiting')).toMatchObject([{ offered: 2, fields: ['instructions'] }])
    expect(superseded(goOn(back, edit(4, sarah)))).toEqual([[2, 4]])
  })

  test('in flight when the connection was lost is superseded once the next session has the newer one', () => {
    const story = goOn(inFlight(), edit(3, agentWith({ ...pirate, voice: 'Sarah' })), lost, ...reopening)
    const ready = goOn(story, updated())
    expect(reports(ready).filter(({ type }) => /^reload\./.test(type))).toMatchObject([
      { type: 'reload.superseded', offered: 2, by: 3 },
      { type: 'reload.applied', offered: 3 },
    ])
  })

  test('in flight when the connection was lost has its turn if the next session refuses the newer one', () => {
    const story = goOn(
      inFlight(),
      edit(3, olivia),
      lost,
      ...reopening,
      refusal({ param: 'session.audio.output.voice' }),
    )
    expect(superseded(story)).toEqual([])
    expect(reported(goOn(story, ...reopening, updated()), 'reload.applied')).toMatchObject([{ offered: 2 }])
  })

  test('before it was offered is reported as superseded unless the conversation knows it', () => {
    const overtaken = (generation: number) => ({ type: 'agent.overtaken', generation, by: 9 }) as const
    expect(superseded(goOn(live(), overtaken(2)))).toEqual([[2, 9]])
    expect(superseded(goOn(inFlight(), overtaken(2)))).toEqual([])
    expect(superseded(goOn(goOn(inFlight(), edit(3, olivia)), overtaken(3)))).toEqual([])
    expect(superseded(goOn(goOn(inFlight(), asPirate), overtaken(2)))).toEqual([])
  })
})
