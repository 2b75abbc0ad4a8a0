#!/bin/sh
rm -f /srv/shop/run/lock
