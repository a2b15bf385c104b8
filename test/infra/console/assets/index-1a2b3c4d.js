export const page = 'console'
