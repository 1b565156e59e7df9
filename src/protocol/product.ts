// Owns what this server is called wherever people meet it.

export const product = 'Grantor'
