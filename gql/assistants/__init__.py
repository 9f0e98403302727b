"""For assistants: the named queries as tools of the Model Context Protocol (MCP).

What is here needs the extra mcp, and is imported only where the setting MCP is on.
"""
