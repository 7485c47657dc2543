/** The beginning of a long text for people to read, cut between characters. */
export function shorten(text: string, charactersMax: number): string {
  const characters = [...text.slice(0, 2 * charactersMax + 1)]
  return characters.length <= charactersMax ? text : `${characters.slice(0, charactersMax).join('')}…`
}
