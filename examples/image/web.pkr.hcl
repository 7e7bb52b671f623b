# An image that fulfils docs/image_contract.md: packer build -var version=1.5.0 -var app=./app.tar.gz examples/image
packer {
  required_plugins {
    amazon = {
      version = ">= 1.3.0"
      source  = "github.com/hashicorp/amazon"
    }
  }
}

variable "version" {
  type        = string
  description = "Version of the application; never bake one twice."
}

variable "app" {
  type        = string
  description = "Archive with the application, whose root holds an executable named run."
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "kms_key_id" {
  type        = string
  default     = ""
  description = "A customer key to encrypt the image with, so that it can be shared with another account."
}

source "amazon-ebs" "web" {
  region        = var.region
  instance_type = "t4g.small"
  ssh_username  = "ec2-user"
  ami_name      = "web-${var.version}"
  imds_support  = "v2.0"
  encrypt_boot  = var.kms_key_id != ""
  kms_key_id    = var.kms_key_id

  # The architecture has to be that of the service's instance_type; t4g, m7g and c7g are arm64.
  source_ami_filter {
    owners      = ["amazon"]
    most_recent = true
    filters = {
      name                = "al2023-ami-2023.*-kernel-6.1-arm64"
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
  }

  # Not larger than disk.size_gib of the service, 20 by default.
  launch_block_device_mappings {
    device_name           = "/dev/xvda"
    volume_size           = 10
    volume_type           = "gp3"
    delete_on_termination = true
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  # What Strata finds the image by.
  tags = {
    app         = "web"
    app_version = var.version
  }
}

build {
  sources = ["source.amazon-ebs.web"]

  provisioner "file" {
    source      = "${path.root}/files/"
    destination = "/tmp"
  }

  provisioner "file" {
    source      = var.app
    destination = "/tmp/app.tar.gz"
  }

  provisioner "shell" {
    execute_command = "sudo sh -eux '{{ .Path }}'"
    inline = [
      "dnf --assumeyes install amazon-cloudwatch-agent",
      "useradd --system --home-dir /opt/app --shell /sbin/nologin app",
      "mkdir -p /opt/app /var/log/app",
      "tar --extract --gzip --file /tmp/app.tar.gz --directory /opt/app",
      "chown app:app /var/log/app",
      "install -m 0755 /tmp/ship-logs /tmp/drain /usr/local/bin/",
      "install -m 0644 /tmp/app.service /tmp/ship-logs.service /tmp/drain.service /etc/systemd/system/",
      "systemctl enable app.service ship-logs.service drain.service",
      # A server of the fleet is itself from its first boot on: no keys, no identity, no traces of this one.
      "rm -f /tmp/app.tar.gz /etc/ssh/ssh_host_* /home/ec2-user/.ssh/authorized_keys",
      "cloud-init clean --logs --machine-id",
    ]
  }
}
