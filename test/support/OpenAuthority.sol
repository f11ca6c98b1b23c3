// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

/// @title An authority that lets everyone do everything
/// @notice Who may govern is not what the ledger's fuzz tests are about.
contract OpenAuthority {
    /// @notice Hands a contract that is governed from here to another authority. Anyone.
    function handOver(IAccessManaged target, address authority) external {
        target.setAuthority(authority);
    }

    /// @notice OpenZeppelin's IAuthority: yes.
    function canCall(address, address, bytes4) external pure returns (bool) {
        return true;
    }
}
