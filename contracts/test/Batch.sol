// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title Many calls in one
/// @notice For tests that compare the whole state of an exchange after every step, and move several things at once.
contract Batch {
    /// @notice Asks each target in turn, and returns what it said whether it succeeded or not. What an answer changes stands for those
    /// after it: a price that was asked for first is computed once for all of them.
    function read(address[] calldata targets, bytes[] calldata questions) external returns (bytes[] memory answers) {
        answers = new bytes[](targets.length);
        for (uint256 i; i < targets.length; ++i) {
            // A refusal is an answer too: its reason comes back as its bytes.
            // forge-lint: disable-next-line(unchecked-call)
            (, answers[i]) = targets[i].call(questions[i]); // solhint-disable-line avoid-low-level-calls
        }
    }

    /// @notice Makes calls in turn, all or nothing.
    function act(address[] calldata targets, bytes[] calldata calls) external {
        for (uint256 i; i < targets.length; ++i) {
            Address.functionCall(targets[i], calls[i]);
        }
    }
}
