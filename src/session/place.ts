import type { Agent } from '../agent/agent.ts'
import type { Place } from '../agent/diagnostic.ts'

/** Where a setting stands in the author's files; for one left out, its nearest parent that is there. */
export function placeOf(agent: Agent, field: string): Place | null {
  for (let path = field; path !== ''; path = parent(path)) {
    const place = agent.places.get(path)
    if (place !== undefined) return place
  }
  return null
}

function parent(path: string): string {
  const end = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['))
  return end < 0 ? '' : path.slice(0, end)
}
