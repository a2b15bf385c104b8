/** `FunctionsUpdateSettingsFunction1A2B3C4D` is `update-settings`: a logical id ends with its construct and a hash. */
export const nameOf = (logicalId: string): string =>
  logicalId
    .replace(/^Functions/, '')
    .replace(/Function[0-9A-F]{8}$/, '')
    .replace(/(?<!^)([A-Z])/g, '-$1')
    .toLowerCase()
