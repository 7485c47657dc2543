import { expect, test } from 'vitest'
import { createHistory } from '../../src/emulator/history.ts'
import type { MessageItem } from '../../src/emulator/item.ts'

test('the oldest of more than 5,000 items is dropped', () => {
  const history = createHistory()
  for (let index = 0; index <= 5_000; index += 1) history.insert(message(`item_${index}`), null)
  expect(history.items()).toHaveLength(5_000)
  expect([history.find('item_0'), history.items()[0]?.id, history.lastId()]).toEqual([undefined, 'item_1', 'item_5000'])
})

function message(id: string): MessageItem {
  return { id, object: 'realtime.item', type: 'message', status: 'completed', role: 'user', content: [] }
}
