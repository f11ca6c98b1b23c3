// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";

/// @title A tokenised vault as OpenZeppelin ships it: its rate grows with what it is given
contract TestVault is ERC4626 {
    constructor(IERC20 asset) ERC20("Test vault", "tVAULT") ERC4626(asset) {}
}
