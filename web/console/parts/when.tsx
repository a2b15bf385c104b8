const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' })
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** A moment (ISO 8601), in the reader's own time and words; without the day where it was today. */
export function momentText(at: string): string {
  const moment = new Date(at)
  const today = moment.toDateString() === new Date().toDateString()
  return (today ? TIME : DAY_AND_TIME).format(moment)
}

export function When({ at }: { at: string }) {
  return <time dateTime={at}>{momentText(at)}</time>
}
