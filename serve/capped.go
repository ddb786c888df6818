package serve

import (
	"net"
	"sync"
)

// capped is a listener that has so many connections open at most. Those beyond
// wait in the kernel's queue, and are refused by it when that is full.
type capped struct {
	net.Listener
	slots  chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newCapped(l net.Listener, n int) *capped {
	return &capped{Listener: l, slots: make(chan struct{}, n), closed: make(chan struct{})}
}

// Accept waits for a slot and then for a connection.
func (c *capped) Accept() (net.Conn, error) {
	select {
	case c.slots <- struct{}{}:
	case <-c.closed:
		return nil, net.ErrClosed
	}
	conn, err := c.Listener.Accept()
	if err != nil {
		<-c.slots
		return nil, err
	}
	return &cappedConn{Conn: conn, release: sync.OnceFunc(func() { <-c.slots })}, nil
}

// Close ends Accept, also where it waits for a slot.
func (c *capped) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Listener.Close()
}

type cappedConn struct {
	net.Conn
	release func()
}

// Close gives the slot back.
func (c *cappedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}
