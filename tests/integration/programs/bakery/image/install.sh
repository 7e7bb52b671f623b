#!/bin/bash
mkdir -p /opt/app
