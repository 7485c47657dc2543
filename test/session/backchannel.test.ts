import { describe, expect, test } from 'vitest'
import {
  created,
  effectTypes,
  goOn,
  live,
  lost,
  reopening,
  reported,
  sent,
  server,
  started,
  text,
  updated,
} from './story.ts'

const audio = new Uint8Array(4_800)
const hum = server({ type: 'response.backchannel.audio.delta', backchannel_id: 'b1', audio })
const over = server({ type: 'response.backchannel.audio.done', backchannel_id: 'b1', phrase: 'mm-hm' })
const spoken = {
  type: 'response.output_audio.delta',
  response_id: 'r1',
  item_id: 'a',
  content_index: 0,
  audio,
} as const

describe('a backchannel while the caller speaks', () => {
  test('is played in a lane of its own', () => {
    const story = goOn(live(), started, hum)
    expect(story.effects).toContainEqual({ type: 'playBackchannel', id: 'b1', audio })
    expect(effectTypes(story)).not.toContain('play')
  })

  test('is not stopped by the caller, and does not count as the agent speaking', () => {
    const story = goOn(goOn(live(), hum), started)
    expect(effectTypes(story)).not.toContain('clearPlayback')
    expect(story.state.sound).toMatchObject({ playing: false, items: [] })
  })

  test('is no part of what was heard of a response cut off meanwhile', () => {
    const cut = goOn(live(), created('r1'), server(spoken), hum, started)
    const story = goOn(cut, { type: 'playback.cleared', heard: [{ itemId: 'a', ms: 40 }] })
    expect(sent(story)).toMatchObject([{ type: 'conversation.item.truncate', item_id: 'a', audio_end_ms: 40 }])
  })

  test('is reported in words of its own, and is in no transcript', () => {
    const story = goOn(live(), hum, over)
    expect(reported(story, 'agent.backchannel')).toMatchObject([{ backchannel_id: 'b1', phrase: 'mm-hm' }])
    expect(reported(story, 'agent.transcript')).toEqual([])
    expect(story.state.record).toEqual([])
  })

  test('is not played on hold, nor before the session is live', () => {
    expect(effectTypes(goOn(live(), { type: 'caller.held' }, hum))).not.toContain('playBackchannel')
    expect(effectTypes(goOn(live(), text('hi'), lost, ...reopening, updated(), hum))).not.toContain('playBackchannel')
  })
})
