// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title An authority that lets everyone do everything
/// @notice Who may govern is not what the ledger's fuzz tests are about.
contract OpenAuthority {
    /// @notice OpenZeppelin's IAuthority: yes.
    function canCall(address, address, bytes4) external pure returns (bool) {
        return true;
    }
}
