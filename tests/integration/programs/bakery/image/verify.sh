#!/bin/bash
test -d /opt/app
