/** Parses a number as written or spoken (`3`, `1,200.50`, `€5`, `20%`, `3rd`, `twelve`); null if it is none. */
export function parseNumber(token: string): number | null {
  const written = /^[€$£#]?([+-]?\d+(?:,\d{3})*(?:\.\d+)?)(?:%|st|nd|rd|th)?$/i.exec(token)?.[1]
  if (written !== undefined) return Number(written.replaceAll(',', ''))
  const [tens, ones] = token.toLowerCase().split('-')
  const first = NUMBER_WORDS.get(tens ?? '')
  if (first === undefined) return null
  return ones === undefined ? first : first >= 20 ? first + (NUMBER_WORDS.get(ones) ?? Number.NaN) : null
}

const NUMBER_WORDS = new Map(
  `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen`
    .split(' ')
    .map((word, value) => [word, value] as const)
    .concat(
      `twenty thirty forty fifty sixty seventy eighty ninety`
        .split(' ')
        .map((word, index) => [word, 20 + index * 10] as const),
    ),
)
