import type { Sourced } from './origin.ts'
import { type Translated, translateSettings } from './translate-settings.ts'
import { type SchemaScope, unknownCollections } from './unknown-collections.ts'

/** Settings with their foreign keys translated. Few files have any: the code that translates them is loaded only if one does. */
export function translate(settings: Sourced, scope: SchemaScope): Translated {
  if (unknownCollections(settings.data, scope).length === 0) return { settings, faults: [] }
  return translateSettings(settings, scope)
}
