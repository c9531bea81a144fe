"""`python -m explorer`; spawned workers execute this file too, and must find nothing to do."""

if __name__ == "__main__":
    from explorer.cli import main

    main()
